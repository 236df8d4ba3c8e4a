"""What goes out: the card, the task, the layout of the released set, the push to the Hub."""
