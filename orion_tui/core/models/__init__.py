"""The values that everything else passes around: frozen, keyword-only, parsed once at the edge."""
