from django.urls import path

from governance.feedback import views
from governance.feedback.feed import FeedbackFeed

urlpatterns = [
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/feed", FeedbackFeed(), name="feedback_feed"),
    path("feedback/new", views.new, name="new_feedback"),
    path("feedback/<int:number>/", views.thread, name="feedback_thread"),
    path("feedback/<int:number>/answer", views.answer, name="answer_feedback"),
    path("feedback/<int:number>/react", views.react, name="react_feedback"),
    path("feedback/<int:number>/decline", views.decline, name="decline_feedback"),
    path("feedback/<int:number>/merge", views.merge, name="merge_feedback"),
]
