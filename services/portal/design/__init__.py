"""How every page looks: layout, components, style sheet, error pages, security headers."""
