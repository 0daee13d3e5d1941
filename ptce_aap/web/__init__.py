"""HTTP only: route, form, service, template; one blueprint per audience."""
