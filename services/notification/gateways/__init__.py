"""The tenant's gateway to WhatsApp or SMS: whatever takes a phone number and a text by HTTP."""
