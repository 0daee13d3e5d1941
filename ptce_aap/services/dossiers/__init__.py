"""Filed dossiers as their readers find them: lists, one dossier, its document."""
