"""What the screens are about, without a view: no module here knows Panel, Bokeh or a browser."""
