"""Services of an app of one's own: the one of the article, and three that are bad neighbours."""
