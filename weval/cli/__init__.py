"""The command line: one small file per verb, each a call to one library function. Heavy imports happen inside."""
