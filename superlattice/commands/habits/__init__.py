"""Commands around the work: begin a study, complete words in the shell, cite, share, open the page."""
