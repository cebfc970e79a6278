"""The pages of the console: a module for each area, giving its routes. They show and pass on; handlers decide."""
