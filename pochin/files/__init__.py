"""Documents kept safely: looked into before they are kept, never opened in the browser."""
