"""Jobs: runs as processes that outlive the page, with functions to start, follow and find them."""
