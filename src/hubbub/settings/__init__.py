"""What the stand-alone server is told: options named as Centrifugo 6 names them; read, checked and shown. Starts nothing."""
