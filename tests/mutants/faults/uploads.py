"""Lists of codes: read as they are, equal to what they equal, taken back whole."""

from tests.mutants.mutant import fault

_CODE_INDEX = "inventory/services/code_index.py"
_JUDGING = "inventory/codes/judging.py"
_DRAFTS = "inventory/services/drafts.py"
_WITHDRAWALS = "inventory/services/withdrawals.py"
_TEST_CODE_EQUALITY = "tests/inventory/test_code_equality.py"
_TEST_INVENTORY_DRAFTS = "tests/inventory/test_drafts.py"
_TEST_CODE_TEXT = "tests/inventory/test_code_text.py"
_TEST_INVENTORY_WITHDRAWALS = "tests/inventory/test_withdrawals.py"
_TEST_RIGHTS = "tests/rights/test_rights.py"

UPLOADS = (
    fault(
        "invisible marks make another code",
        "inventory/codes/normal.py",
        "",
        "\\u200b-\\u200f",
        "\\u200e-\\u200f",
        _TEST_CODE_EQUALITY,
    ),
    fault(
        "a code in another product is new",
        _CODE_INDEX,
        "_problem",
        "else Problem.ELSEWHERE",
        "else None",
        _TEST_CODE_EQUALITY,
    ),
    fault(
        "a sold code's twin is new",
        _CODE_INDEX,
        "find_twins",
        "            *found.get(key.exact, ()),\n",
        "",
        _TEST_CODE_EQUALITY,
    ),
    fault(
        "a code that differs by case only is told to nobody",
        _JUDGING,
        "_without_doubles",
        "elif fold in folded and Problem.SIMILAR not in included:",
        "elif False:",
        _TEST_CODE_EQUALITY,
    ),
    fault(
        "the same code twice in a list is two codes",
        _JUDGING,
        "_without_doubles",
        "if normal in seen:",
        "if False:",
        _TEST_CODE_EQUALITY,
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "a heading is a code",
        _JUDGING,
        "_doubts",
        "if is_heading:",
        "if False:",
        _TEST_CODE_TEXT,
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "a comment is a code",
        _JUDGING,
        "_doubts",
        "if COMMENT.match(text):",
        "if False:",
        _TEST_CODE_TEXT,
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "a number that a spreadsheet destroyed is a code",
        _JUDGING,
        "_destroyed",
        "if row.flags.get(column) is Flag.DESTROYED or _POWER.fullmatch(text):",
        "if False:",
        _TEST_CODE_TEXT,
        "tests/inventory/test_code_workbooks.py",
    ),
    fault(
        "what was shown is not what is kept",
        _DRAFTS,
        "keep",
        "if draft.revision != revision or draft.code_column is None:",
        "if draft.code_column is None:",
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "anybody's upload is one's own",
        _DRAFTS,
        "discard",
        "public_id=public_id, actor=actor.name",
        "public_id=public_id",
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "a draft is kept twice",
        _DRAFTS,
        "keep",
        "        draft.delete()\n",
        "",
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "a fresh draft is thrown away",
        _DRAFTS,
        "delete_expired",
        "pk=draft_id, expires_at__lte=now",
        "pk=draft_id",
        _TEST_INVENTORY_DRAFTS,
    ),
    fault(
        "an upload is withdrawn twice",
        _WITHDRAWALS,
        "withdraw_batch",
        "if locked.withdrawn_at is not None:",
        "if False:",
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "an upload takes another upload's codes along",
        _WITHDRAWALS,
        "withdraw_batch",
        "product=batch.product_id, batch=batch",
        "product=batch.product_id",
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "codes of another product are quarantined",
        _WITHDRAWALS,
        "_chosen",
        "product=product, public_id__in",
        "public_id__in",
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "a code whose twin is live is sold again",
        _WITHDRAWALS,
        "restore_items",
        " if code not in twins",
        "",
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "a viewer withdraws an upload",
        _WITHDRAWALS,
        "withdraw_batch",
        "require(actor, Permission.EDIT_STOCK)",
        "pass",
        _TEST_RIGHTS,
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "a code is looked at without a right",
        _WITHDRAWALS,
        "reveal_item",
        "require(actor, Permission.REVEAL_CODES)",
        "pass",
        _TEST_RIGHTS,
        _TEST_INVENTORY_WITHDRAWALS,
    ),
    fault(
        "a buyer's code is looked at",
        _WITHDRAWALS,
        "reveal_item",
        "if found is None:\n            raise NotYours",
        "if found is None:\n            found = item",
        _TEST_INVENTORY_WITHDRAWALS,
    ),
)
