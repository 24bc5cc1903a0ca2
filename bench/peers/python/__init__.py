"""Python servers, one file each: an echo and a chat as their own documentation would write them."""
