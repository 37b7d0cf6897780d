"""Files that come in by themselves: the watched inboxes."""
