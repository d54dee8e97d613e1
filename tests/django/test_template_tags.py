from types import SimpleNamespace

import pytest
from django.template import Context, Template, TemplateSyntaxError


def render(tag, **context):
    return Template("{% load realtime %}" + tag).render(Context(context))


def test_the_client_is_a_plain_script_tag():
    assert render("{% socketio_client %}") == '<script src="/socket.io/socket.io.min.js"></script>'


def test_the_script_comes_from_the_path_of_the_settings(settings):
    settings.SOCKETIO = {"PATH": "live"}
    assert 'src="/live/socket.io.min.js"' in render("{% socketio_client %}")


def test_the_script_may_be_deferred():
    assert render("{% socketio_client defer=True %}").endswith(" defer></script>")


@pytest.mark.parametrize("variant, file", [("debug", "socket.io.js"), ("msgpack", "socket.io.msgpack.min.js")])
def test_other_builds_have_names(variant, file):
    assert f'src="/socket.io/{file}"' in render("{% socketio_client variant %}", variant=variant)


def test_the_module_build_comes_as_an_import_map():
    html = render("{% socketio_client 'esm' %}", csp_nonce="abc")
    assert html == (
        '<script type="importmap" nonce="abc">'
        '{"imports": {"socket.io-client": "/socket.io/socket.io.esm.min.js"}}</script>'
    )


def test_an_unknown_variant_is_a_template_error_that_names_the_known():
    with pytest.raises(TemplateSyntaxError, match="debug, esm, msgpack"):
        render("{% socketio_client 'umd' %}")


@pytest.mark.parametrize("context", [{"csp_nonce": "abc"}, {"request": SimpleNamespace(csp_nonce="abc")}])
def test_a_nonce_for_the_content_security_policy_is_taken_along(context):
    assert '<script src="/socket.io/socket.io.min.js" nonce="abc">' in render("{% socketio_client %}", **context)


def test_the_nonce_and_the_path_are_escaped(settings):
    settings.SOCKETIO = {"PATH": '"><script>'}
    html = render("{% socketio_client %}{% socketio_client 'esm' %}{% socketio_config %}", csp_nonce='"><b>')
    assert "<b>" not in html and '"><script>' not in html


def test_the_configuration_is_json_in_the_page(settings):
    settings.SOCKETIO = {"PATH": "/live"}
    html = render("{% socketio_config %}")
    assert html == '<script id="socketio-config" type="application/json">{"path": "/live/"}</script>'
    assert 'id="mine"' in render("{% socketio_config 'mine' %}")
