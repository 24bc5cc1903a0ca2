"""What a hub and its clients say, read from the hooks' annotations: AsyncAPI, TypeScript, a page. Knows no hub."""
