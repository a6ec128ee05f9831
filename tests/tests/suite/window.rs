//! The built app in a real window, driven through WebDriver as a person would use it.
