"""What DPD's interfaces share, whichever of them an account uses. No carrier by itself: it brings no plugin."""
