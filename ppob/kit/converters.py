"""What stands in an address between two slashes."""

from ppob.kit.numbers import read_number


class IdConverter:
    """`<id:…>`: a number that a column of keys holds; other addresses lead nowhere."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The number; ValueError means that this is another address."""
        number = read_number(value)
        if number is None:
            raise ValueError("No key is that large.")
        return number

    def to_url(self, value: int) -> str:
        """The number as it stands in the address."""
        return str(value)
