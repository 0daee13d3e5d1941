"""ptce-aap: a national call for projects, from publication to ranked shortlist."""
