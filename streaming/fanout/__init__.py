"""From one publication to every socket: publisher, hub, topics, outboxes."""
