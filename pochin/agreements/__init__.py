"""What was promised on paper: parties, document, term, signatures, whether it is in force."""
