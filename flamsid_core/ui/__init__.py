"""The app: everything that imports streamlit, except `app.py` and the pages themselves."""
