"""Where a data set begins: requests of users, and the choice among them."""
