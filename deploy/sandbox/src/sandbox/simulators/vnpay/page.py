"""The payment page's HTML, in Vietnamese, for keyboard and screen reader too. Decides nothing; escapes all text."""

from html import escape

from sandbox.simulators.vnpay.orders import Order

_PAGE = """<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 system-ui, sans-serif; color: #1b1b1b; background: #fff }}
main {{ max-width: 36rem; margin: 2rem auto; padding: 0 1rem }}
dt {{ font-weight: 600 }} dd {{ margin: 0 0 .8rem }}
button {{ font: inherit; padding: .6rem 1.4rem; margin: 0 .6rem .6rem 0 }}
button {{ border: 2px solid #005a9c; border-radius: .4rem; background: #fff; color: #005a9c }}
button.pay {{ background: #005a9c; color: #fff }}
button:focus-visible {{ outline: 3px solid #c14900; outline-offset: 3px }}
.note {{ border-left: .3rem solid #c14900; padding-left: .8rem }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="note">Trang mô phỏng cổng thanh toán VNPAY: không có tiền thật.</p>
{content}
</main>
</body>
</html>
"""

_CHOICE = """<form method="post" action="../sandbox-pay">
<input type="hidden" name="txnRef" value="{txn_ref}">
<button class="pay" name="outcome" value="paid">Thanh toán</button>
<button name="outcome" value="cancelled">Huỷ</button>
</form>"""

_ENDED = '<p role="status">Giao dịch này đã kết thúc. <a href="{link}">Quay lại trang của đơn vị thu</a></p>'


def payment_page(order: Order, back: str | None) -> str:
    """The page of an open order, with its two buttons; of an ended one, with the way `back`."""
    rows = {
        "Đơn vị thu": order.merchant.tmn_code,
        "Mã giao dịch": order.txn_ref,
        "Nội dung": order.request["vnp_OrderInfo"],
        "Số tiền": f"{order.amount // 100:,} đồng".replace(",", "."),
    }
    details = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>\n" for name, value in rows.items())
    rest = _ENDED.format(link=escape(back)) if back else _CHOICE.format(txn_ref=escape(order.txn_ref))
    return _PAGE.format(title="Thanh toán trực tuyến", content=f"<dl>\n{details}</dl>\n{rest}")


def error_page(reason: str) -> str:
    """The page for a payment link that is not good."""
    return _PAGE.format(title="Không thể thanh toán", content=f'<p role="alert">{escape(reason)}</p>')
