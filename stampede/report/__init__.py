"""Reports: a judgement as terminal block, JSON, JUnit XML, Markdown and HTML. Pure: values in, text out."""
