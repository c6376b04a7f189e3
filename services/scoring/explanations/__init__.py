"""Why a card says what it says, so that a person can check it."""
