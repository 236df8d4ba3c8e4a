"""What backends in this process share: chats into tokens, checkpoints, windows of prompts."""
