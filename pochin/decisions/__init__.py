"""Who decides what by when: the verdict, the words, the signatures."""
