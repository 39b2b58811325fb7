"""Comments and methods of a Define-XML, gathered where they are told and written once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from densitometer.datasets.cdisc.dataset import Method

if TYPE_CHECKING:
    from odmlib.define_2_1 import model


class Notes:
    """Comments and methods so far, in the order in which they came."""

    def __init__(self) -> None:
        self._comments: dict[str, str] = {}
        self._methods: dict[str, Method] = {}

    def comment(self, place: str, text: str) -> dict[str, str]:
        """Attribute that refers to a comment; none where there is nothing to say."""
        if not text:
            return {}
        self._comments[f"COM.{place}"] = text
        return {"CommentOID": f"COM.{place}"}

    def method(self, method: Method | None) -> dict[str, str]:
        """Attribute that refers to a method; none where there is none."""
        if method is None:
            return {}
        self._methods[f"MT.{method.key}"] = method
        return {"MethodOID": f"MT.{method.key}"}

    def comments(self) -> list[model.CommentDef]:
        """All comments."""
        from odmlib.define_2_1 import model

        return [model.CommentDef(OID=oid, Description=described(text)) for oid, text in self._comments.items()]

    def methods(self) -> list[model.MethodDef]:
        """All methods."""
        from odmlib.define_2_1 import model

        return [
            model.MethodDef(OID=oid, Name=one.name, Type="Computation", Description=described(one.text))
            for oid, one in self._methods.items()
        ]


def described(text: str) -> model.Description:
    """A description in English."""
    from odmlib.define_2_1 import model

    return model.Description(TranslatedText=[model.TranslatedText(_content=text, lang="en")])
