"""What processes start with: the command line, the supervisor and the processes that it keeps alive."""
