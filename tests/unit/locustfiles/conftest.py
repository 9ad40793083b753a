import os

# Locust patches the standard library when it is imported; the tests beside these need it as it is.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
