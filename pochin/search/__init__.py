"""Finding things by their words, in Russian and English, among what the reader may see."""
