"""Channels of tickets, and the ways a message takes when its channel is of no use."""

from tests.mutants.mutant import fault

_MAKER = "bot/runtime/channel_maker.py"
_CATEGORIES = "bot/runtime/categories.py"
_LEFTOVERS = "bot/services/leftover_channels.py"
_SENDING = "bot/services/sending.py"
_OUTBOX = "bot/services/outbox.py"
_SERVERS = "bot/services/servers.py"
_SENDER = "bot/runtime/message_sender.py"
_UNREACHED = "payments/services/orders/unreached.py"
_TEST_CHANNELS = "tests/bot/test_ticket_channels_in_discord.py"
_TEST_LEFTOVERS = "tests/bot/test_leftover_channels.py"
_TEST_WAYS = "tests/bot/test_next_ways.py"
_TEST_SENDER = "tests/bot/test_message_sender.py"
_TEST_UNREACHED = "tests/payments/test_unreached.py"
_TEST_PURCHASE = "tests/dashboard/test_purchase_page.py"
_TEST_COMMANDS = "tests/bot/test_commands_in_discord.py"

TICKET_CHANNELS = (
    fault(
        "a rush makes many categories",
        _CATEGORIES,
        "Categories",
        "            found = self._with_room(guild, chosen_id, full)\n"
        "            return found or await",
        "            return await",
        _TEST_CHANNELS,
    ),
    fault(
        "a full category ends the sale",
        _MAKER,
        "ChannelMaker",
        'not _is_about(refusal, "parent_id") or',
        "True or",
        _TEST_CHANNELS,
    ),
    fault(
        "a channel from before a crash is not looked at",
        _MAKER,
        "ChannelMaker",
        "return await self._require_private(guild, made, plan)",
        "return made",
        _TEST_CHANNELS,
    ),
    fault(
        "a channel others see is used",
        _MAKER,
        "ChannelMaker",
        "if not others:",
        "if True:",
        _TEST_CHANNELS,
    ),
    fault(
        "a long wait is ordered into",
        _MAKER,
        "ChannelMaker",
        "if why.retry_after > PATIENCE_SECS:",
        "if False:",
        _TEST_CHANNELS,
    ),
    fault(
        "a short wait cancels the order",
        _MAKER,
        "ChannelMaker",
        "if why.retry_after > PATIENCE_SECS:",
        "if True:",
        _TEST_CHANNELS,
    ),
    fault(
        "another installation's channels are deleted",
        _LEFTOVERS,
        "list_leftovers",
        "is not None\n        and _is_left(ticket, channel.channel_id)",
        "is None\n        or _is_left(ticket, channel.channel_id)",
        _TEST_LEFTOVERS,
    ),
    fault(
        "a ticket's own channel is deleted",
        _LEFTOVERS,
        "_is_left",
        "ticket.channel_id != channel_id",
        "True",
        _TEST_LEFTOVERS,
    ),
    fault(
        "the channel a ticket waits for is deleted",
        _LEFTOVERS,
        "_is_left",
        "return ticket.status == TicketStatus.CLOSED",
        "return True",
        _TEST_LEFTOVERS,
    ),
    fault(
        "a buyer whom nothing reaches is forgotten",
        _SENDING,
        "give_up",
        "_report_unreached(message, now=now)",
        "pass",
        _TEST_WAYS,
    ),
    fault(
        "who left the server gets nothing directly",
        _SENDING,
        "note_sent",
        "if is_first and reader_has_left:",
        "if False:",
        _TEST_WAYS,
    ),
    fault(
        "who left the server is not noticed",
        _SENDER,
        "MessageSender",
        "return error.code in _NOT_A_MEMBER",
        "return False",
        _TEST_SENDER,
    ),
    fault(
        "without a log channel nobody hears",
        _OUTBOX,
        "to_log",
        "if not channels and owner_must_know(kind):",
        "if False:",
        _TEST_WAYS,
    ),
    fault(
        "a deleted log channel stays chosen",
        _SERVERS,
        "log_channel_closed",
        "if is_gone:",
        "if False:",
        _TEST_WAYS,
    ),
    fault(
        "every store's log channel is forgotten",
        _SERVERS,
        "log_channel_closed",
        "ServerSettings.objects.filter(log_channel_id=channel_id)",
        "ServerSettings.objects.all()",
        _TEST_WAYS,
    ),
    fault(
        "another order's news counts as read",
        _UNREACHED,
        "note_read",
        "order=order, status",
        "status",
        _TEST_UNREACHED,
    ),
    fault(
        "what is known is told again",
        _UNREACHED,
        "_close",
        "return moved > 0",
        "return True",
        _TEST_UNREACHED,
    ),
    fault(
        "anybody signed in reads a purchase",
        "payments/selectors.py",
        "find_purchase",
        "public_id=public_id, customer__discord_id=discord_id",
        "public_id=public_id",
        _TEST_PURCHASE,
    ),
    fault(
        "a store's name is enough to read orders there",
        "bot/cross_tenant/buyers.py",
        "_is_buyer_of",
        "tenant_id=tenant_id, customer__discord_id=buyer_id",
        "tenant_id=tenant_id",
        "tests/bot/test_money_messages.py",
    ),
    fault(
        "commands that failed are not given again",
        "bot/runtime/cogs/guilds.py",
        "Guilds",
        "            self._without_commands[guild.id] = Again.after(failures)\n",
        "",
        _TEST_COMMANDS,
    ),
    fault(
        "trouble of Discord's own slows a panel down",
        "bot/runtime/edit_queue.py",
        "EditQueue",
        "            self._rest(panel_id)\n            return\n",
        "            self.mark(panel_id)\n",
        "tests/bot/test_edit_queue.py",
    ),
)
