"""A webinar as a picture of 1200 by 630 points, which others show beside a shared link.

PNG, for no site takes SVG there. `drawing` sets the words, `letters` has their points, `png` is
the file format. No models, no fonts and no drawing library: the letters were drawn once, by
`python -m config.lettering`. Words for times are the caller's, from `webinars.times`.
"""

from webinars.picture.drawing import HEIGHT, WIDTH, Words, draw

__all__ = ["HEIGHT", "WIDTH", "Words", "draw"]
