"""What asking another machine takes: several requests at once, another attempt, and a reply that is not believed."""
