"""What training needs: prompts, references and pairs, none of them an item of a task."""
