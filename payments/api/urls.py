"""Addresses of the payments' API, below `/api/v1/`."""

from django.urls import path

from payments.api import callbacks, views

urlpatterns = [
    path("orders", views.Orders.as_view()),
    path("orders/<uuid:public_id>", views.OrderDetail.as_view()),
    path("refunds", views.Refunds.as_view()),
    path("refunds/<uuid:public_id>", views.RefundDetail.as_view()),
    path("balances", views.Balances.as_view()),
    path("callbacks/<str:gateway>/<uuid:method_id>/", callbacks.receive_callback),
]
