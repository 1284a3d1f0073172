"""What can happen to meetings and to tasks."""
