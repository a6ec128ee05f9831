"""What the demo model knows: one file a topic, each with INTENTS of (name, question templates, answer templates)."""
