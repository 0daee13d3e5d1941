"""What a received file holds, judged in a process of its own: the standard library only, no state, no access."""
