"""A cookie jar that logs in and out on Django's own pages, as a browser's tabs share one."""

from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener


class Jar:
    def __init__(self, url):
        self.url = url
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))

    @property
    def cookie(self):
        """The Cookie header that goes with every request, the sockets' too; "" without cookies."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    @property
    def session_key(self):
        """The key of the Django session, or None without one."""
        return next((cookie.value for cookie in self.jar if cookie.name == "sessionid"), None)

    def user(self):
        """Who the pages say that we are; "" for nobody."""
        return self.get("/")

    def login(self, name, password=None):
        self.post("/login/", username=name, password=password or name)

    def logout(self):
        self.post("/logout/")

    def change_password(self, old, new):
        self.post("/password/", old_password=old, new_password1=new, new_password2=new)

    def get(self, path):
        with self.opener.open(self.url + path, timeout=20) as answer:
            return answer.read().decode()

    def post(self, path, **fields):
        self.get("/")  # sets the CSRF cookie
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        data = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(self.url + path, data, timeout=20) as answer:
            return answer.read().decode()
