"""What is offered: the solutions of organisations and the public catalogue."""
