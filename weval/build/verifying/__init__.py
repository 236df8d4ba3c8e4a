"""Items whose answers were looked at: by checks, by judges, by a reader of fluency."""
