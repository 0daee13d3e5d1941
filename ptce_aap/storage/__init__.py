"""Where attachments and produced files are kept, named by the digest of their content."""
