"""The web app: pages that ask the API what they show, as whoever looks at them."""
