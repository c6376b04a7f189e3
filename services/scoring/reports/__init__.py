"""The report that an agency owes the public: drafted from the card, frozen when it is published."""
