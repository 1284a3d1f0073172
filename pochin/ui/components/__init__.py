"""Components: one function and one template each; an unknown prop is an error."""
