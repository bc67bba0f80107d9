// htmx would write a style into each page, which our policy forbids; nothing here needs it.
htmx.config.includeIndicatorStyles = false;
