"""Between the application and a terminal that may be poor, slow, gone, or talking nonsense."""
